"""Django: migrations there and back, the ORM's queries, and a model inspected from the tables that it has made."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from .conftest import Address

MODELS = '''
from django.contrib.postgres.fields import ArrayField
from django.db import models


class Customer(models.Model):
    name = models.CharField(max_length=40, unique=True)
    meta = models.JSONField(default=dict)
    langs = ArrayField(models.CharField(max_length=5), default=list)
    joined = models.DateTimeField(auto_now_add=True)


class Order(models.Model):
    class Status(models.TextChoices):
        NEW = "new"
        PAID = "paid"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="orders")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.NEW)
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    day = models.DateField(null=True)
    tags = models.ManyToManyField("Tag")

    class Meta:
        indexes = [models.Index(fields=["status", "-amount"]), models.Index(fields=["day"], condition=models.Q(status="paid"), name="paid_day")]
        constraints = [models.CheckConstraint(condition=models.Q(amount__gte=0), name="amount_is_positive")]


class Tag(models.Model):
    word = models.SlugField(primary_key=True)
'''
TOUR = '''
import decimal
from django.db import IntegrityError, connection, transaction
from django.db.models import Avg, Case, Count, Exists, F, OuterRef, Q, Subquery, Sum, Value, When, Window
from django.db.models.functions import Coalesce, ExtractYear, RowNumber, TruncMonth
from shop.models import Customer, Order, Tag

people = Customer.objects.bulk_create([Customer(name=f"C{i}", meta={"tier": i % 3, "tags": ["a"]}, langs=["en", "de"][: i % 3]) for i in range(6)])
tag = Tag.objects.create(word="hot")
for i, person in enumerate(people):
    for k in range(i % 3):
        Order.objects.create(customer=person, amount=decimal.Decimal(i * 10 + k), status="paid" if k else "new", day=f"2024-0{k + 1}-05").tags.add(tag)
print(list(Customer.objects.annotate(total=Coalesce(Sum("orders__amount"), Value(decimal.Decimal(0))), n=Count("orders")).order_by("name").values_list("name", "total", "n")))
print(list(Customer.objects.filter(meta__tier=1, meta__tags__contains=["a"]).order_by("name").values_list("name", flat=True)))
print(Customer.objects.filter(langs__contains=["en"], langs__len__gte=2).count(), Customer.objects.filter(langs__overlap=["de"]).count())
newest = Order.objects.filter(customer=OuterRef("pk")).order_by("-amount").values("amount")[:1]
print(list(Customer.objects.annotate(top=Subquery(newest)).filter(Exists(Order.objects.filter(customer=OuterRef("pk"), status="paid"))).order_by("name").values_list("name", "top")))
print(list(Order.objects.annotate(month=TruncMonth("day"), year=ExtractYear("day")).values("month", "year").annotate(n=Count("id"), a=Avg("amount")).order_by("month").values_list("month", "year", "n", "a")))
print(list(Order.objects.annotate(r=Window(RowNumber(), partition_by=[F("status")], order_by=F("amount").desc())).order_by("status", "r").values_list("status", "r", "amount")))
print(list(Order.objects.annotate(kind=Case(When(amount__gt=20, then=Value("big")), default=Value("small"))).order_by("id").values_list("kind", flat=True)))
print([[t.word for t in o.tags.all()] for o in Order.objects.prefetch_related("tags").select_related("customer").order_by("id")[:2]])
print(Customer.objects.filter(Q(name__icontains="c1") | Q(name__regex="^C[45]$")).count(), Order.objects.dates("day", "month").count())
print(Order.objects.filter(status="new").update(amount=F("amount") + 1), Customer.objects.bulk_create([Customer(name="C1"), Customer(name="new")], ignore_conflicts=True)[1].name)
with transaction.atomic():
    print(len(Order.objects.select_for_update().filter(status="paid")))
    try:
        with transaction.atomic():
            Order.objects.create(customer=people[0], amount=-1)
    except IntegrityError as error:
        print("amount_is_positive" in str(error))
print(Customer.objects.get_or_create(name="C1")[1], Customer.objects.update_or_create(name="C2", defaults={"meta": {"x": 1}})[1])
print(Customer.objects.filter(name="C5").delete()[1])
print(list(Customer.objects.raw("SELECT id, name FROM shop_customer ORDER BY name LIMIT 1"))[0].name)
rows = Order.objects.order_by("id").iterator(chunk_size=2)
print(sum(1 for _ in rows))
print(connection.introspection.get_constraints(connection.cursor(), "shop_order")["amount_is_positive"]["check"])
'''
SAID = """\
[('C0', Decimal('0'), 0), ('C1', Decimal('10.00'), 1), ('C2', Decimal('41.00'), 2), ('C3', Decimal('0'), 0), ('C4', Decimal('40.00'), 1), ('C5', Decimal('101.00'), 2)]
['C1', 'C4']
2 2
[('C2', Decimal('21.00')), ('C5', Decimal('51.00'))]
[(datetime.date(2024, 1, 1), 2024, 4, Decimal('30.0000000000000000')), (datetime.date(2024, 2, 1), 2024, 2, Decimal('36.0000000000000000'))]
[('new', 1, Decimal('50.00')), ('new', 2, Decimal('40.00')), ('new', 3, Decimal('20.00')), ('new', 4, Decimal('10.00')), ('paid', 1, Decimal('51.00')), ('paid', 2, Decimal('21.00'))]
['small', 'small', 'big', 'big', 'big', 'big']
[['hot'], ['hot']]
3 2
4 new
2
True
False False
{'shop.Order_tags': 2, 'shop.Order': 2, 'shop.Customer': 1}
C0
4
True
"""


def test_a_project(address: Address, tmp_path: Path) -> None:
    pytest.importorskip("django", reason="Django is not installed")
    pytest.importorskip("psycopg2", reason="psycopg2 is not installed")
    (tmp_path / "shop" / "migrations").mkdir(parents=True)
    for name, text in {"shop/__init__.py": "", "shop/migrations/__init__.py": "", "shop/models.py": MODELS, "tour.py": TOUR}.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "configured.py").write_text(
        f"""SECRET_KEY, USE_TZ, DEFAULT_AUTO_FIELD = "x", True, "django.db.models.BigAutoField"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "django.contrib.postgres", "shop"]
DATABASES = {{"default": {{"ENGINE": "django.db.backends.postgresql", "NAME": "{address.database}", "USER": "{address.user}",
    "HOST": "{address.host}", "PORT": {address.port}, "OPTIONS": {{"options": "-c search_path=dj"}}}}}}
"""
    )
    with psycopg.connect(address.conninfo, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS dj")

    def django(*command: str, text: str | None = None) -> str:
        made = subprocess.run(
            [sys.executable, "-m", "django", *command, "--settings", "configured", "--pythonpath", str(tmp_path)],
            capture_output=True, text=True, timeout=180, check=False, input=text, env=os.environ | {"PYTHONPATH": str(tmp_path)},
        )  # fmt: skip
        assert made.returncode == 0, made.stdout + made.stderr
        return made.stdout

    django("makemigrations", "shop")
    django("migrate")
    assert "No changes" in django("makemigrations", "--check", "--dry-run")
    made = subprocess.run(
        [sys.executable, "-c", "import django; django.setup(); import tour"], capture_output=True, text=True, timeout=180, check=False,
        env=os.environ | {"PYTHONPATH": str(tmp_path), "DJANGO_SETTINGS_MODULE": "configured"},
    )  # fmt: skip
    assert made.stderr == "" and made.stdout == SAID, made.stdout + made.stderr
    inspected = django("inspectdb", "shop_order", "shop_customer")
    assert "customer = models.ForeignKey('ShopCustomer', models.DO_NOTHING)" in inspected and "Unable to inspect" not in inspected
    assert "amount = models.DecimalField(max_digits=10, decimal_places=2)" in inspected and "meta = models.JSONField()" in inspected
    assert "name = models.CharField(unique=True, max_length=40)" in inspected
    django("sqlflush")
    django("flush", "--no-input")
    django("migrate", "shop", "zero")
    with psycopg.connect(address.conninfo) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'dj' AND tablename LIKE 'shop%'").fetchone() == (0,)

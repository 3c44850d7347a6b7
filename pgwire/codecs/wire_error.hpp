// A ValueError thrown under a Cython call becomes the Python error class with its SQLSTATE.
#pragma once

#include <Python.h>

#include <new>

#include "value_error.hpp"

namespace sabot::wire {

inline void set_python_error(const char* cls, const char* message, const char* sqlstate) {
    PyObject* module = PyImport_ImportModule("sabot.kernels.errors");
    if (!module) return;
    PyObject* type = PyObject_GetAttrString(module, cls);
    Py_DECREF(module);
    if (!type) return;
    PyObject* text = PyUnicode_DecodeUTF8(message, Py_ssize_t(std::char_traits<char>::length(message)), "replace");
    PyObject* error = text ? PyObject_CallFunction(type, "Os", text, sqlstate) : nullptr;
    if (error) PyErr_SetObject(type, error);
    Py_XDECREF(text);
    Py_XDECREF(error);
    Py_DECREF(type);
}

inline void raise_wire_error() {
    try {
        throw;
    } catch (const ValueError& e) {
        const char* cls = std::char_traits<char>::compare(e.sqlstate, "XX", 2) == 0 ? "InternalError" : "RowError";
        set_python_error(cls, e.message.c_str(), e.sqlstate);
    } catch (const std::bad_alloc&) {
        PyErr_NoMemory();
    } catch (const std::length_error& e) {
        set_python_error("UserError", e.what(), "54000");
    } catch (const std::exception& e) {
        set_python_error("InternalError", e.what(), "XX000");
    }
}

}  // namespace sabot::wire

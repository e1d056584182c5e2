// How view-models read the store, which may fail: the file may be damaged, or gone.
#pragma once

#include "kernels/error.h"

#include <QString>

#include <utility>

namespace sparsight {

// Runs a function that uses the store. False, and errorOccurred() of the view-model: it failed.
template <typename ViewModel, typename Function>
bool stored(ViewModel& teller, Function&& function) {
  try {
    std::forward<Function>(function)();
    return true;
  } catch (const Error& error) {
    emit teller.errorOccurred(QString::fromUtf8(error.what()));
    return false;
  }
}

}  // namespace sparsight

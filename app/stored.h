// What view-models do with the store, which may refuse: a full disk, a file that is read-only or damaged.
#pragma once

#include "kernels/error.h"

#include <QString>

#include <utility>

namespace sparsight {

// Runs what touches the store; false, and errorOccurred() of the view-model, if it failed.
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

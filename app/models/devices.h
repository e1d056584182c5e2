// What computes the model: the settings' choice or the command line's, the GPUs to choose from, and what is in use.
// GUI thread. The driver is asked on another one, since that may take a second.
#pragma once

#include "app/device.h"
#include "app/settings/settings.h"

#include <QtQml/qqmlregistration.h>
#include <QObject>
#include <QString>
#include <QVariant>

#include <memory>
#include <optional>
#include <thread>

namespace sparsight {

// What the command line asks for; the settings have the rest.
struct ComputeOptions {
  std::optional<DeviceChoice> device{};
  std::size_t threads = 0;  // 0: not given
  std::optional<Arithmetic> arithmetic{};
};

class Devices : public QObject {
  Q_OBJECT
  QML_ELEMENT
  QML_UNCREATABLE("made by the program")
  // What the loaded model is computed on: "Processor", "NVIDIA GeForce RTX 4090"; empty: it is not loaded.
  Q_PROPERTY(QString used READ used NOTIFY changed)
  // {value, name, problem}: values of Settings::device with their names, the settings' own among them; `problem` says
  // why one cannot be used, empty: it can, or the driver has not answered yet.
  Q_PROPERTY(QVariantList choices READ choices NOTIFY changed)
  Q_PROPERTY(QString problem READ problem NOTIFY changed)  // why no GPU can be used; empty: one can, or not known yet
  Q_PROPERTY(QString given READ given NOTIFY changed)      // by the command line; empty: the settings have it
  Q_PROPERTY(int threadsGiven READ threadsGiven CONSTANT)  // by the command line; 0: the settings have them
  Q_PROPERTY(bool arithmeticGiven READ arithmeticGiven CONSTANT)  // by the command line
  Q_PROPERTY(int cores READ cores CONSTANT)                       // physical ones that may be used
  Q_PROPERTY(bool bf16 READ bf16 NOTIFY changed)  // what computes has the arithmetic, this processor if nothing does

 public:
  Devices(Settings& settings, const ComputeOptions& given, QObject* parent = nullptr);

  [[nodiscard]] QString used() const;
  [[nodiscard]] QVariantList choices() const;
  [[nodiscard]] QString problem() const;
  [[nodiscard]] QString given() const;
  [[nodiscard]] int threadsGiven() const { return static_cast<int>(given_.threads); }
  [[nodiscard]] bool arithmeticGiven() const { return given_.arithmetic.has_value(); }
  [[nodiscard]] static int cores() { return static_cast<int>(cpu_cores()); }
  [[nodiscard]] bool bf16() const { return on_gpu() || cpu_arithmetic(Arithmetic::Bf16) == Arithmetic::Bf16; }
  Q_INVOKABLE void find();  // asks the driver again; changed() comes when it has answered

  // For the next model to load, whose device is found when it is loaded.
  [[nodiscard]] MakeBackend for_loading();
  [[nodiscard]] MakeBackend for_measuring() const;
  void loaded(bool is);              // what for_loading() made is in use, or nothing is
  [[nodiscard]] bool tried() const;  // a GPU, the last time that a model was loaded
  // The warning of a model that the GPU refused and the processor now takes: for_loading() then makes the processor,
  // once. nullopt: as fallen_back()'s.
  [[nodiscard]] std::optional<std::string> fall_back(ErrorKind error, const QString& message);
  [[nodiscard]] bool on_gpu() const { return loaded_ && making_->gpu.has_value(); }  // the loaded model
  [[nodiscard]] bool differs() const;  // another loading would change what computes, or how
  void use_processor();                // from the next loading on, whatever the command line asked for
  void retranslate() { emit changed(); }

 signals:
  void changed();

 private:
  [[nodiscard]] DeviceOptions options() const;
  [[nodiscard]] std::string target(const DeviceChoice& choice) const;  // as Device::name(); empty: not known

  Settings& settings_;
  ComputeOptions given_;
  DeviceOptions loaded_with_;
  // Written by the worker before it says that the model is loaded or cannot be.
  std::shared_ptr<Device> making_ = std::make_shared<Device>();
  bool loaded_ = false, falls_back_ = false;
  std::optional<CudaDevices> found_;
  std::string found_in_;  // the settings' folder
  bool finding_ = false, again_ = false;
  std::jthread thread_;
};

}  // namespace sparsight

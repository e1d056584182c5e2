#include "app/models/devices.h"

#include "app/core_words.h"

#include <QMetaObject>

#include <algorithm>
#include <system_error>
#include <utility>

namespace sparsight {
namespace {

using Kind = DeviceChoice::Kind;

}  // namespace

Devices::Devices(Settings& settings, const ComputeOptions& given, QObject* parent)
    : QObject(parent), settings_(settings), given_(given) {
  connect(&settings_, &Settings::changed, this, [this] {
    if (found_ && settings_.cudaFolder().toStdString() != found_in_) find();
    emit changed();
  });
}

DeviceOptions Devices::options() const {
  const Arithmetic set = settings_.arithmetic() == QLatin1String("bf16") ? Arithmetic::Bf16 : Arithmetic::Float32;
  DeviceOptions out{
      .cpu = {.threads = given_.threads != 0 ? given_.threads : static_cast<std::size_t>(settings_.threads()),
              .arithmetic = given_.arithmetic.value_or(set)}};
  out.choice = given_.device.value_or(read_device(settings_.device().toStdString()).value_or(DeviceChoice{}));
  if (const QString folder = settings_.cudaFolder(); !folder.isEmpty()) out.folders = {folder.toStdString()};
  return out;
}

MakeBackend Devices::for_loading() {
  loaded_with_ = options();
  if (std::exchange(falls_back_, false)) loaded_with_.choice = {Kind::Cpu};
  making_ = std::make_shared<Device>();
  loaded(false);
  return [options = loaded_with_, to = making_] {
    *to = find_device(options);
    return to->make();
  };
}

MakeBackend Devices::for_measuring() const {
  return [options = options()] { return find_device(options).make(); };
}

void Devices::loaded(bool is) {
  loaded_ = is;
  emit changed();
}

bool Devices::tried() const { return loaded_with_.choice.kind == Kind::Cuda || making_->gpu; }

std::optional<std::string> Devices::fall_back(ErrorKind error, const QString& message) {
  auto warning = fallen_back(loaded_with_.choice, making_->gpu.has_value(), error, message.toStdString());
  falls_back_ = warning.has_value();
  return warning;
}

QString Devices::used() const {
  if (!loaded_ || !making_->make) return {};
  return making_->gpu ? QString::fromStdString(making_->gpu->name) : tr("Processor");
}

QString Devices::given() const { return given_.device ? QString::fromStdString(to_text(*given_.device)) : QString(); }

QVariantList Devices::choices() const {
  QVariantList list;
  const auto add = [&](const QString& value, const QString& name, const QString& problem = {}) {
    list << QVariantMap{{"value", value}, {"name", name}, {"problem", problem}};
  };
  add(QStringLiteral("auto"), tr("Automatic"));
  add(QStringLiteral("cpu"), tr("Processor"));
  if (found_)
    for (const CudaDevice& gpu : found_->devices)
      add(QStringLiteral("cuda:%1").arg(gpu.number), QString::fromStdString(gpu.name),
          in_words(QString::fromStdString(gpu.why_not)));
  const QString set = settings_.device();
  if (std::ranges::none_of(list, [&](const QVariant& one) { return one.toMap()["value"] == set; }))
    add(set, tr("GPU %1").arg(set.section(':', 1)), found_ ? tr("it is not there") : QString());
  return list;
}

QString Devices::problem() const { return found_ ? in_words(QString::fromStdString(found_->why_not)) : QString(); }

void Devices::find() {
  again_ = finding_;
  if (finding_) return;
  finding_ = true;
  const QString folder = settings_.cudaFolder();
  try {
    thread_ = std::jthread([this, folders = options().folders, folder] {
      const auto found = std::make_shared<CudaDevices>(find_gpus(folders));
      QMetaObject::invokeMethod(
          this,
          [this, found, folder] {
            found_ = std::move(*found);
            found_in_ = folder.toStdString();
            finding_ = false;
            emit changed();
            if (again_) find();
          },
          Qt::QueuedConnection);
    });
  } catch (const std::system_error&) {  // no further thread can be started: what was found before stays
    finding_ = false;
  }
}

std::string Devices::target(const DeviceChoice& choice) const {
  if (choice.kind == Kind::Cpu) return "cpu";
  if (choice.number >= 0) return to_text(choice);
  if (!found_) return {};
  const auto gpu = std::ranges::find(found_->devices, "", &CudaDevice::why_not);
  return gpu == found_->devices.end() ? "cpu" : to_text({Kind::Cuda, gpu->number});
}

bool Devices::differs() const {
  const DeviceOptions now = options();
  if (now.choice != loaded_with_.choice && (!making_->make || target(now.choice) != making_->name())) return true;
  if (now.folders != loaded_with_.folders && now.choice.kind != Kind::Cpu) return true;
  if (making_->gpu) return now.cpu.arithmetic != loaded_with_.cpu.arithmetic;
  return now.cpu.threads != loaded_with_.cpu.threads ||
         cpu_arithmetic(now.cpu.arithmetic) != cpu_arithmetic(loaded_with_.cpu.arithmetic);
}

void Devices::use_processor() {
  given_.device.reset();
  settings_.setDevice(QStringLiteral("cpu"));
  emit changed();
}

}  // namespace sparsight

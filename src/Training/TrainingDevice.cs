using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Kernels.Native;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Training;

/// <summary>Turns the device a plan asks for into one the machine has.</summary>
public static class TrainingDevice
{
    /// <param name="choice">What the plan asks for.</param>
    /// <remarks>A CUDA device is told to add in an order that never changes: a run is a function of its plan.</remarks>
    /// <returns>With <c>auto</c> the first CUDA device, or the processor where there is none.</returns>
    /// <exception cref="ConfigurationException">The plan asks for a CUDA device that is not there.</exception>
    public static Device Resolve(DeviceChoice choice)
    {
        var devices = cuda.is_available() ? cuda.device_count() : 0;
        if (choice.Kind == DeviceKind.Cpu || (choice.Kind == DeviceKind.Auto && devices == 0)) return CPU;
        if (choice.Index < devices)
        {
            FusedOperators.UseDeterministicAlgorithms();
            return device(DeviceType.CUDA, choice.Index);
        }
        throw new ConfigurationException(devices == 0
            ? $"device is {choice}, but libtorch {TorchLibrary.Version} sees no CUDA device here. Use device: cpu or auto, or point TORCH_DIR at a libtorch built with CUDA."
            : $"device is {choice}, but there are only {devices} CUDA devices. Use cuda:0 … cuda:{devices - 1}.");
    }
}

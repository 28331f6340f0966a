using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Kernels.Native;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using static TorchSharp.torch;

namespace TurkishLlm.Training;

/// <summary>Resolves the device of a plan to a device of this machine.</summary>
public static class TrainingDevice
{
    /// <summary>Resolves the device of a plan and checks that the plan can be trained on it.</summary>
    /// <param name="plan">The plan.</param>
    /// <exception cref="ConfigurationException">
    /// The plan names a CUDA device that does not exist, or something that its device cannot do.
    /// </exception>
    public static Device Resolve(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var device = Resolve(plan.Device);
        var dropout = Math.Max(plan.Model.Dropout, plan.Lora?.Dropout ?? 0);
        return plan.Training.ActivationCheckpointing == ActivationCheckpointing.None || dropout == 0
            || device.type == DeviceType.CPU
            ? device
            : throw new ConfigurationException(
                FormattableString.Invariant($"training.activation_checkpointing is blocks and dropout is {dropout}, but on ")
                    + $"{device} the second pass cannot draw the random numbers of the first. Use dropout: 0, or "
                    + "activation_checkpointing: none.");
    }

    /// <summary>Resolves the device of a plan.</summary>
    /// <param name="choice">The device of the plan.</param>
    /// <remarks>On CUDA, operators are switched to deterministic algorithms: a run is a function of its plan.</remarks>
    /// <returns>For <c>auto</c> the first CUDA device, otherwise the CPU.</returns>
    /// <exception cref="ConfigurationException">The plan names a CUDA device that does not exist.</exception>
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
            ? $"device is {choice}, but libtorch {TorchLibrary.Version} finds no CUDA device. "
                + "Use device: cpu or auto, or point TORCH_DIR at a libtorch built with CUDA."
            : $"device is {choice}, but this machine has only {devices} CUDA devices. "
                + $"Use cuda:0 … cuda:{devices - 1}.");
    }
}

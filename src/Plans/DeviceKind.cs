namespace TurkishLlm.Plans;

/// <summary>Kinds of devices a plan can ask for.</summary>
public enum DeviceKind
{
    /// <summary>The first CUDA device, or the processor where there is none.</summary>
    Auto,

    /// <summary>The processor.</summary>
    Cpu,

    /// <summary>An NVIDIA device.</summary>
    Cuda,
}

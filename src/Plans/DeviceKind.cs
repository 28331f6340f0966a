namespace TurkishLlm.Plans;

/// <summary>Kinds of devices that a plan can request.</summary>
public enum DeviceKind
{
    /// <summary>The first CUDA device, otherwise the CPU.</summary>
    Auto,

    /// <summary>The CPU.</summary>
    Cpu,

    /// <summary>A CUDA device.</summary>
    Cuda,
}

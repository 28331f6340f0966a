namespace TurkishLlm.Runs.Logs;

/// <summary>What the sensors of an NVIDIA device showed after a step. Null for what the device does not report.</summary>
/// <param name="Utilization">Share of the last second or less in which a kernel ran, 0 … 1.</param>
/// <param name="MemoryUtilization">Share of it in which device memory was read or written, 0 … 1.</param>
/// <param name="Temperature">Temperature of the chip, in degrees Celsius.</param>
/// <param name="Power">Power that the device draws, in watts.</param>
/// <remarks>
/// A utilization of 1 does not mean that the device computes at its peak: see the model FLOPs utilization of the report for that.
/// </remarks>
public sealed record GpuMetrics(
    double? Utilization = null, double? MemoryUtilization = null, double? Temperature = null, double? Power = null);

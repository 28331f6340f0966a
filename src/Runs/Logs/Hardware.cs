using System.Globalization;
using System.Runtime.InteropServices;
using TorchSharp;
using TurkishLlm.Kernels.Native;

namespace TurkishLlm.Runs.Logs;

/// <summary>What a run was computed on from some step on, and what that costs: a line of <c>machines.jsonl</c>.</summary>
/// <param name="AfterStep">The last step that was not computed on it.</param>
/// <param name="Device">Device as libtorch names it.</param>
/// <param name="Name">Name of the processor or graphics card; empty where the system does not tell.</param>
/// <param name="Processors">Processors that the program may use.</param>
/// <param name="Threads">Threads of one operator.</param>
/// <param name="MemoryBytes">Memory that the program may use.</param>
/// <param name="OperatingSystem">Name and version.</param>
/// <param name="Runtime">Version of .NET.</param>
/// <param name="Libtorch">Version of libtorch.</param>
/// <param name="Blas">BLAS core that was asked for; empty where the library chooses.</param>
/// <param name="Peak">Highest rate of matrix products, and how it is known.</param>
/// <param name="HourlyRate">Price of an hour; null when nobody told.</param>
/// <param name="Currency">Of the price, in any words.</param>
public sealed record Hardware(
    long AfterStep, string Device, string Name, int Processors, int Threads, long MemoryBytes, string OperatingSystem, string Runtime,
    string Libtorch, string Blas, PeakRate? Peak = null, double? HourlyRate = null, string Currency = "")
{
    private const string GraphicsCards = "/proc/driver/nvidia/gpus", ProcessorFile = "/proc/cpuinfo";

    /// <summary>The machine this process runs on.</summary>
    /// <param name="afterStep">The last step that was taken before.</param>
    /// <param name="device">Where the model is.</param>
    public static Hardware Detect(long afterStep, torch.Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return new(
            afterStep, device.ToString(), GetDeviceName(device), Environment.ProcessorCount, torch.get_num_threads(),
            GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, RuntimeInformation.OSDescription, RuntimeInformation.FrameworkDescription,
            TorchLibrary.Version, "");
    }

    /// <summary>All lines of a run, in their order; none where there are none.</summary>
    /// <exception cref="InvalidDataException">A line is not a line of this file; says which.</exception>
    public static IReadOnlyList<Hardware> Read(RunFolder folder) => [.. StepLog<Hardware>.Read(GetFile(folder))];

    /// <summary>Adds this line, and takes away those of steps that do not count any more.</summary>
    /// <exception cref="IOException">The disk is full or the file cannot be written to.</exception>
    public void AppendTo(RunFolder folder)
    {
        using var log = new StepLog<Hardware>(GetFile(folder), line => line.AfterStep);
        log.Open(AfterStep);
        log.Append(this);
    }

    private static string GetFile(RunFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return Path.Combine(folder.FullPath, "machines.jsonl");
    }

    private static string GetDeviceName(torch.Device device)
    {
        if (device.type == DeviceType.CUDA)
            return !Directory.Exists(GraphicsCards) ? "" : string.Join(", ", Directory.EnumerateDirectories(GraphicsCards)
                .Select(card => Value(Path.Combine(card, "information"), "Model")).Where(name => name.Length > 0).Distinct(StringComparer.Ordinal));
        return Value(ProcessorFile, "model name") is { Length: > 0 } name ? name : RuntimeInformation.ProcessArchitecture.ToString();
    }

    // The first "key : value" of a file of the kernel.
    private static string Value(string file, string key)
    {
        try
        {
            var line = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal)) : null;
            return line is null ? "" : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}

/// <summary>How fast a machine multiplies matrices, at best.</summary>
/// <param name="Flops">Floating-point operations a second.</param>
/// <param name="Source">How it is known, such as "measured: products of 2048 × 2048 in float32".</param>
public sealed record PeakRate(double Flops, string Source)
{
    /// <summary>The peak of several processes together, each with a device or threads of its own.</summary>
    public PeakRate ForProcesses(int processes) => processes == 1 ? this : new(Flops * processes, FormattableString.Invariant($"{Source}, {processes} processes"));

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{ShortNumber.FormatFlops(Flops)} ({Source})");
}

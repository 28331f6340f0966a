using System.Globalization;
using System.Runtime.InteropServices;
using TorchSharp;
using TurkishLlm.Files;
using TurkishLlm.Kernels.Native;
using static System.FormattableString;

namespace TurkishLlm.Runs.Logs;

/// <summary>Hardware, software and hourly rate of a run from some step on: a line of <c>machines.jsonl</c>.</summary>
/// <param name="AfterStep">The last step before this hardware was used.</param>
/// <param name="Device">Name of the device in libtorch.</param>
/// <param name="Name">Name of the CPU or graphics card; empty if unknown.</param>
/// <param name="Processors">Number of CPU cores available to the program.</param>
/// <param name="Threads">Number of threads per operator.</param>
/// <param name="MemoryBytes">Memory available to the program.</param>
/// <param name="OperatingSystem">Name and version.</param>
/// <param name="Runtime">Version of .NET.</param>
/// <param name="Libtorch">Version of libtorch.</param>
/// <param name="Blas">Requested BLAS core; empty if the library chooses.</param>
/// <param name="Peak">Peak rate of matrix products, and its source.</param>
/// <param name="HourlyRate">Price per hour; null if unknown.</param>
/// <param name="Currency">Currency of the price, as free text.</param>
public sealed record Hardware(
    long AfterStep,
    string Device, string Name, int Processors, int Threads, long MemoryBytes, string OperatingSystem, string Runtime,
    string Libtorch, string Blas, PeakRate? Peak = null, double? HourlyRate = null, string Currency = "")
{
    private const string GraphicsCards = "/proc/driver/nvidia/gpus", ProcessorFile = "/proc/cpuinfo";

    /// <summary>Detects the hardware of this process.</summary>
    /// <param name="afterStep">The last step taken before.</param>
    /// <param name="device">Device of the model.</param>
    public static Hardware Detect(long afterStep, torch.Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return new(
            afterStep, device.ToString(), GetDeviceName(device), Environment.ProcessorCount, torch.get_num_threads(),
            GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            RuntimeInformation.OSDescription, RuntimeInformation.FrameworkDescription,
            TorchLibrary.Version, "");
    }

    /// <summary>Reads all lines of a run, or an empty list.</summary>
    /// <exception cref="InvalidDataException">A line is invalid; the message names it.</exception>
    public static IReadOnlyList<Hardware> Read(RunFolder folder) => [.. StepLog<Hardware>.Read(GetFile(folder))];

    /// <summary>Appends this line, and removes lines of steps that will be repeated.</summary>
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
                .Select(card => Value(Path.Combine(card, "information"), "Model"))
                .Where(name => name.Length > 0)
                .Distinct(StringComparer.Ordinal));
        return Value(ProcessorFile, "model name") is { Length: > 0 } name
            ? name
            : RuntimeInformation.ProcessArchitecture.ToString();
    }

    // Reads the first "key : value" of a kernel file.
    private static string Value(string file, string key)
    {
        try
        {
            var line = File.Exists(file)
                ? TextFile.ReadLines(file).FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal))
                : null;
            return line is null ? "" : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}

/// <summary>Peak rate of matrix products.</summary>
/// <param name="Flops">Floating-point operations per second.</param>
/// <param name="Source">Source of the number, such as "measured: products of 2048 × 2048 in float32".</param>
public sealed record PeakRate(double Flops, string Source)
{
    /// <summary>Returns the combined peak of several processes with their own devices or threads.</summary>
    public PeakRate ForProcesses(int processes) =>
        processes == 1 ? this : new(Flops * processes, Invariant($"{Source}, {processes} processes"));

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{ShortNumber.FormatFlops(Flops)} ({Source})");
}

using System.Diagnostics;
using System.Globalization;
using TurkishLlm.Model;

namespace TurkishLlm.Tests.Unit.Fuzzing;

/// <summary>Reads damaged files and collects what must not happen: other exceptions, messages without the file, waste.</summary>
internal sealed class FuzzRun(string file)
{
    private const long MaxAllocated = 300_000_000;
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(10);
    private readonly List<string> _faults = [];

    /// <summary>Number of damaged files per test: TURKISHLLM_FUZZ_COUNT, such as 100000 for a long run.</summary>
    public static int GetCount(int usual) => int.TryParse(
        Environment.GetEnvironmentVariable("TURKISHLLM_FUZZ_COUNT"), NumberStyles.None, CultureInfo.InvariantCulture, out var set)
        ? set
        : usual;

    /// <summary>Number of files that were read.</summary>
    public int Accepted { get; private set; }

    /// <summary>Number of files that were refused as documented.</summary>
    public int Refused { get; private set; }

    /// <summary>The first faults, with the number of the input.</summary>
    public IReadOnlyList<string> Faults => [.. _faults.Take(5)];

    /// <summary>Writes an input to the file and reads it.</summary>
    public void Try(byte[] input, Action read)
    {
        File.WriteAllBytes(file, input);
        var (number, allocated, watch) = (Accepted + Refused, GC.GetAllocatedBytesForCurrentThread(), Stopwatch.StartNew());
        try
        {
            read();
            Accepted++;
        }
        catch (Exception error) when (error is InvalidDataException or ConfigurationException or FileNotFoundException)
        {
            Refused++;
            if (!error.Message.Contains(Path.GetFileName(file), StringComparison.Ordinal))
                _faults.Add($"input {number} is refused without the name of the file: {error.Message}");
            if (error.Message.Length > 6000) _faults.Add($"input {number} is refused with {error.Message.Length} characters");
        }
        catch (Exception error)
        {
            Refused++;
            _faults.Add($"input {number}: {error.GetType().Name}: {error.Message}\n{error.StackTrace}");
        }
        if (watch.Elapsed > MaxTime) _faults.Add($"input {number} took {watch.Elapsed}");
        if (GC.GetAllocatedBytesForCurrentThread() - allocated is > MaxAllocated and var bytes)
            _faults.Add($"input {number} of {input.Length} bytes made the reader allocate {bytes}");
    }
}

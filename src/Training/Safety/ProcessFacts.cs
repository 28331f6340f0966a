using System.Diagnostics;

namespace TurkishLlm.Training;

/// <summary>What this process does, seen from outside.</summary>
/// <param name="ProcessorSeconds">Processor time it used since it began, of all threads.</param>
/// <param name="Threads">Its threads.</param>
/// <param name="RunningThreads">Those that run or are ready to.</param>
/// <param name="MemoryBytes">Memory it holds.</param>
internal sealed record ProcessFacts(double ProcessorSeconds, int Threads, int RunningThreads, long MemoryBytes)
{
    public static ProcessFacts Read()
    {
        using var process = Process.GetCurrentProcess();
        var threads = process.Threads.Cast<ProcessThread>().ToArray();
        return new(process.TotalProcessorTime.TotalSeconds, threads.Length, threads.Count(Runs), process.WorkingSet64);
    }

    private static bool Runs(ProcessThread thread)
    {
        try
        {
            return thread.ThreadState is System.Diagnostics.ThreadState.Running or System.Diagnostics.ThreadState.Ready;
        }
        catch (InvalidOperationException)
        {
            return false;      // it ended just now
        }
    }
}

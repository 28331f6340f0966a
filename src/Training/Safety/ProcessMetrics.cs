using System.Diagnostics;

namespace TurkishLlm.Training.Safety;

/// <summary>What this process does, seen from outside.</summary>
/// <param name="ProcessorSeconds">Processor time it used since it began, of all threads.</param>
/// <param name="ThreadCount">Its threads.</param>
/// <param name="RunningThreadCount">Those that run or are ready to.</param>
/// <param name="MemoryBytes">Memory it holds.</param>
internal sealed record ProcessMetrics(double ProcessorSeconds, int ThreadCount, int RunningThreadCount, long MemoryBytes)
{
    public static ProcessMetrics Read()
    {
        using var process = Process.GetCurrentProcess();
        var threads = process.Threads.Cast<ProcessThread>().ToArray();
        return new(process.TotalProcessorTime.TotalSeconds, threads.Length, threads.Count(IsRunning), process.WorkingSet64);
    }

    private static bool IsRunning(ProcessThread thread)
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

using System.Diagnostics;

namespace TurkishLlm.Training.Safety;

/// <summary>Resource usage of this process.</summary>
/// <param name="ProcessorSeconds">CPU time of all threads since the process started.</param>
/// <param name="ThreadCount">Number of threads.</param>
/// <param name="RunningThreadCount">Number of threads that run or are ready to run.</param>
/// <param name="MemoryBytes">Memory of the process, in bytes.</param>
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
            return false;      // the thread has ended in the meantime
        }
    }
}

namespace TurkishLlm.Training.Distributed;

/// <summary>
/// Starts threads that wait for other processes. Threads of the pool may be busy with kernels when a heartbeat is due.
/// </summary>
internal static class BackgroundThread
{
    /// <summary>Runs a function on a thread that does not keep the process alive.</summary>
    public static Thread Start(string name, Action work)
    {
        var thread = new Thread(() => work()) { IsBackground = true, Priority = ThreadPriority.AboveNormal, Name = name };
        thread.Start();
        return thread;
    }
}

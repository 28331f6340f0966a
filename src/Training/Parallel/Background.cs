namespace TurkishLlm.Training;

/// <summary>Threads for what waits on others. Those of the pool may be busy with kernels when a heartbeat is due.</summary>
internal static class Background
{
    /// <summary>Starts a function on a thread that does not keep the process alive.</summary>
    public static Thread Run(string name, Action work)
    {
        var thread = new Thread(() => work()) { IsBackground = true, Priority = ThreadPriority.AboveNormal, Name = name };
        thread.Start();
        return thread;
    }
}

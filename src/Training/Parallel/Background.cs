namespace TurkishLlm.Training;

/// <summary>Threads for what waits on others. The pool's may be busy with kernels just when a heartbeat or a loss comes in.</summary>
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

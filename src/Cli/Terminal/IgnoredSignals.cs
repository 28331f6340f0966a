using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace TurkishLlm.Cli.Terminal;

/// <summary>
/// Ignores signals that end a process by default and mean nothing to this program, such as the SIGUSR1 with which cluster
/// schedulers announce the end of a job.
/// </summary>
/// <remarks>
/// The system discards an ignored signal, so no handler runs on the stack of a thread that computes. The runtime still
/// handles SIGWINCH and SIGCHLD; <c>SignalStormTests</c> shows that they change no bit of a run.
/// </remarks>
internal static class IgnoredSignals
{
    private const nint Ignore = 1;

    // SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF. On macOS the garbage collector stops threads with SIGUSR1.
    private static readonly int[] Linux = [10, 12, 14, 26, 27], MacOS = [31, 14, 26, 27];

    /// <summary>Ignores the signals from now on, in child processes too.</summary>
    public static void Apply()
    {
        if (OperatingSystem.IsWindows()) return;
        foreach (var signal in OperatingSystem.IsMacOS() ? MacOS : Linux) _ = SetHandler(signal, Ignore);
    }

    [UnsupportedOSPlatform("windows")]
    [DllImport("libc", EntryPoint = "signal")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint SetHandler(int signal, nint handler);
}

using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace TurkishLlm.Training.Safety;

/// <summary>Ends a process if its main thread hangs.</summary>
internal static class ProcessTermination
{
    // The constant that GetCurrentProcess returns.
    private const nint CurrentProcess = -1;

    /// <summary>Writes the reason to standard error and exits with code 1. Runs no exit handlers, which could hang too.</summary>
    public static void Terminate(string message)
    {
        Console.Error.WriteLine(message);
        Console.Error.Flush();
        if (OperatingSystem.IsWindows()) TerminateProcess(CurrentProcess, 1);
        else Exit(1);
    }

    [UnsupportedOSPlatform("windows")]
    [DllImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void Exit(int code);

    [SupportedOSPlatform("windows")]
    [DllImport("kernel32", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool TerminateProcess(nint process, uint code);
}

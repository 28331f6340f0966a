using System.Runtime.InteropServices;

namespace TurkishLlm.Training;

/// <summary>Ends a process whose main thread does not come back.</summary>
internal static class ProcessEnd
{
    /// <summary>Says why on standard error, and exits with code 1. Nothing else runs: what hangs would hang at the exit too.</summary>
    public static void Now(string lastWords)
    {
        Console.Error.WriteLine(lastWords);
        Console.Error.Flush();
        if (!OperatingSystem.IsWindows()) Exit(1);
        Environment.Exit(1);
    }

    [DllImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void Exit(int code);
}

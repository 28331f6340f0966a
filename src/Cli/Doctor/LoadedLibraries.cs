using System.Diagnostics;

namespace TurkishLlm.Cli.Doctor;

/// <summary>Finds native libraries that are loaded into this process.</summary>
internal static class LoadedLibraries
{
    /// <summary>Returns the path of the loaded library that has the word in its file name, or null.</summary>
    public static string? Find(string word)
    {
        using var process = Process.GetCurrentProcess();
        return process.Modules.Cast<ProcessModule>().Select(module => module.FileName)
            .FirstOrDefault(file => Path.GetFileName(file).Contains(word, StringComparison.Ordinal));
    }
}

using System.Diagnostics;

namespace TurkishLlm.Cli.Doctor;

/// <summary>Native libraries that are loaded into this process, by their files.</summary>
internal static class LoadedLibraries
{
    /// <summary>The file of a library whose name contains the word; null where none is loaded.</summary>
    public static string? Find(string word)
    {
        using var process = Process.GetCurrentProcess();
        return process.Modules.Cast<ProcessModule>().Select(module => module.FileName)
            .FirstOrDefault(file => Path.GetFileName(file).Contains(word, StringComparison.Ordinal));
    }
}

using TurkishLlm.Files;

namespace TurkishLlm.Cli.Options;

/// <summary>Checks folders that a command creates: existing files are never replaced.</summary>
internal static class OutputFolder
{
    /// <summary>Help text of arguments that name a folder to create.</summary>
    public const string ArgumentDescription = "Folder to create. It must not exist, or be empty.";

    /// <summary>Throws unless the folder does not exist or is empty.</summary>
    /// <exception cref="IOException">The path is a file or a folder with files.</exception>
    public static void ThrowIfNotEmpty(string path)
    {
        // File.Exists is true for a link to a file that does not exist yet.
        var target = LinkTarget.Resolve(path);
        if (File.Exists(target)) throw new IOException($"{path} is a file. The output folder must not exist. Choose a new one.");
        if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(path).Any())
            throw new IOException(
                $"{path} already exists and is not empty. The output folder must not exist. Choose a new one, or " + "delete it."
            );
    }
}

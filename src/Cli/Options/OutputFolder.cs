namespace TurkishLlm.Cli.Options;

/// <summary>A folder that a command is to make: never one that is there, so that nothing of anybody's is replaced.</summary>
internal static class OutputFolder
{
    /// <exception cref="IOException">Something is there already.</exception>
    public static void ThrowIfNotEmpty(string path)
    {
        if (File.Exists(path)) throw new IOException($"{path} is a file. Give a folder that is not there yet.");
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any()) throw new IOException($"{path} is there already and holds files. Give a folder that is not there yet, or delete it.");
    }
}

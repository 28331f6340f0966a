namespace TurkishLlm.Runs.Logs;

/// <summary>Appends to a log so that a killed process leaves whole records only.</summary>
internal static class LogStream
{
    /// <summary>Opens a file for appending. Other programs may read it and delete it.</summary>
    /// <exception cref="IOException">The file cannot be written to.</exception>
    public static FileStream OpenAppend(string file) => WithErrors(file, () => new FileStream(
        file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0));

    /// <summary>Passes a whole record to the operating system in one call.</summary>
    /// <exception cref="IOException">The disk is full or the file cannot be written to.</exception>
    public static void Append(Stream stream, byte[] record) => WithErrors((stream as FileStream)?.Name ?? "", () =>
    {
        stream.Write(record);
        return true;
    });

    private static T WithErrors<T>(string file, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"Could not write {file}: {error.Message}", error);
        }
    }
}

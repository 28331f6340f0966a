namespace TurkishLlm.Extensions;

/// <summary>The standard error of a server: written to a log, of which the end is kept for an error message.</summary>
/// <param name="output">The log.</param>
internal sealed class McpErrorLog(TextWriter output)
{
    private const int KeptLength = 1000;

    private readonly Lock _gate = new();
    private string _end = "";

    /// <summary>The end of the text, as the end of a message; empty without any.</summary>
    public string Last
    {
        get
        {
            lock (_gate) return string.IsNullOrWhiteSpace(_end) ? "" : $" Its standard error ends with:\n{_end.TrimEnd()}";
        }
    }

    /// <summary>Copies a stream in parts, so that a flood without line ends fills no memory.</summary>
    public async Task CopyAsync(TextReader errors)
    {
        var buffer = new char[4096];
        try
        {
            while (await errors.ReadAsync(buffer).ConfigureAwait(false) is > 0 and var read) Write(new string(buffer, 0, read));
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // The process has ended, or the log is closed or full: the chat continues.
        }
    }

    private void Write(string text)
    {
        lock (_gate)
        {
            _end += text;
            if (_end.Length > KeptLength) _end = _end[^KeptLength..];
            output.Write(text);
            output.Flush();
        }
    }
}

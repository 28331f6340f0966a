using System.Text;

namespace TurkishLlm.Cli.Terminal;

/// <summary>Discards what is written to a terminal that no longer exists, so that a run can still save its checkpoint.</summary>
/// <param name="inner">Standard output or standard error.</param>
public sealed class HangUpTolerantWriter(TextWriter inner) : TextWriter
{
    // EIO: the terminal was closed. Other errors, such as a full disk after a redirection, must be reported.
    private const int InputOutputError = 5;

    private bool _isHungUp;

    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <inheritdoc/>
    public override void Write(char value) => Try(() => inner.Write(value));

    /// <inheritdoc/>
    public override void Write(string? value) => Try(() => inner.Write(value));

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

    /// <inheritdoc/>
    public override void Flush() => Try(inner.Flush);

    private void Try(Action write)
    {
        if (_isHungUp) return;
        try
        {
            write();
        }
        catch (IOException error) when (error.HResult == InputOutputError)
        {
            _isHungUp = true;
        }
    }
}

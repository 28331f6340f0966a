using System.Text;

namespace TurkishLlm.Cli.Terminal;

/// <summary>Writes lines of errors and notices above the live area, if both are on the same terminal.</summary>
/// <param name="inner">Standard error.</param>
/// <param name="isTerminal">True if standard error is the terminal.</param>
public sealed class ErrorWriter(TextWriter inner, bool isTerminal) : TextWriter
{
    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <inheritdoc/>
    public override void Write(char value) => inner.Write(value);

    /// <inheritdoc/>
    public override void Write(string? value) => inner.Write(value);

    /// <inheritdoc/>
    public override void WriteLine(string? value)
    {
        if (isTerminal && LiveArea.Active is { } area) area.WriteLine(value ?? "");
        else inner.WriteLine(value);
    }

    /// <inheritdoc/>
    public override void Flush() => inner.Flush();
}

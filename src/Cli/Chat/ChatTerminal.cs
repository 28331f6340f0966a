namespace TurkishLlm.Cli.Chat;

/// <summary>Standard input, and the handling of Ctrl+C while a chat answers.</summary>
/// <param name="input">Source of the input lines.</param>
/// <param name="isInteractive">True if a person types the lines and sees the answers.</param>
/// <param name="interceptInterrupt">
/// Installs a handler of Ctrl+C, see <see cref="TurkishLlm.Cli.Terminal.SignalHandler.InterceptInterrupt"/>;
/// null if Ctrl+C is not handled.
/// </param>
/// <param name="isRedirected">True if the input comes from a file or a pipe.</param>
public sealed class ChatTerminal(
    TextReader input, bool isInteractive, Func<Func<bool>, IDisposable>? interceptInterrupt = null, bool isRedirected = false)
{
    /// <summary>True if the input comes from a file or a pipe.</summary>
    public bool IsRedirected => isRedirected;

    /// <summary>Source of the input lines.</summary>
    public TextReader Input => input;

    /// <summary>True if a person types the lines and sees the answers.</summary>
    public bool IsInteractive => isInteractive;

    /// <summary>Runs an operation that Ctrl+C cancels without ending the program, if the terminal is interactive.</summary>
    /// <param name="work">The operation.</param>
    /// <param name="cancellationToken">Cancels the operation as well.</param>
    public T RunInterruptible<T>(Func<CancellationToken, T> work, CancellationToken cancellationToken)
    {
        using var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var diverted = isInteractive ? interceptInterrupt?.Invoke(() => TryCancel(source)) : null;
        return work(source.Token);
    }

    /// <summary>
    /// Reads a line. Ctrl+C then ends the program at once: there is nothing to save, and the read cannot be canceled.
    /// </summary>
    public string? ReadLine()
    {
        using var diverted = isInteractive ? interceptInterrupt?.Invoke(() => false) : null;
        return input.ReadLine();
    }

    // The signal arrives on its own thread, possibly just after the operation has ended.
    private static bool TryCancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
        }
        return true;
    }
}

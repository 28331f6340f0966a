namespace TurkishLlm.Cli.Chat;

/// <summary>Where the lines of a chat come from.</summary>
/// <param name="input">Gives the lines.</param>
/// <param name="isInteractive">True where a person types them and sees the answers.</param>
/// <param name="interceptInterrupt">Gives Ctrl+C to a function that is true where something could be stopped; see <see cref="TurkishLlm.Cli.Terminal.SignalHandler.InterceptInterrupt"/>. Null where there is none.</param>
public sealed class ChatTerminal(TextReader input, bool isInteractive, Func<Func<bool>, IDisposable>? interceptInterrupt = null)
{
    /// <summary>Gives the lines.</summary>
    public TextReader Input => input;

    /// <summary>True where a person types the lines and sees the answers.</summary>
    public bool IsInteractive => isInteractive;

    /// <summary>Lets Ctrl+C end something that takes long and nothing else, where a person may press it.</summary>
    /// <param name="work">What takes long.</param>
    /// <param name="cancellationToken">Ends it too.</param>
    public T RunInterruptible<T>(Func<CancellationToken, T> work, CancellationToken cancellationToken)
    {
        using var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var diverted = isInteractive ? interceptInterrupt?.Invoke(() => TryCancel(source)) : null;
        return work(source.Token);
    }

    /// <summary>Waits for a line, during which Ctrl+C ends the program at once: there is nothing to save, and no way to wake a reader.</summary>
    public string? ReadLine()
    {
        using var diverted = isInteractive ? interceptInterrupt?.Invoke(() => false) : null;
        return input.ReadLine();
    }

    // The signal may come on its own thread when the work is just done.
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

using System.Diagnostics;
using System.Runtime.InteropServices;

namespace TurkishLlm.Cli.Terminal;

/// <summary>
/// Turns the first Ctrl+C, termination or hang-up into a cancellation, with all the time that saving takes. The second one
/// ends the program at once, as if nobody had listened.
/// </summary>
/// <remarks>
/// System.CommandLine's own handling gives a command two seconds, which spares a save only as long as commands happen to
/// run on the calling thread; it does not hear hang-ups, and swallows the second Ctrl+C of a command that is deaf to the first.
/// </remarks>
public sealed class SignalHandler : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private volatile Func<bool>? _interruptHandler;

    /// <param name="errors">Is told that a signal was heard.</param>
    /// <param name="launched">
    /// True for a process of several: a terminal signals all of them and their launcher at once, so only what the launcher passes
    /// on counts, or its end.
    /// </param>
    public SignalHandler(TextWriter errors, bool launched = false)
    {
        _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, context => OnSignal(context, errors, launched)))];
        if (launched) new Thread(StopWhenLauncherExits) { IsBackground = true }.Start();
    }

    /// <summary>Is cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Gives Ctrl+C to somebody who can make more of it than an end.</summary>
    /// <param name="handler">Is called at every Ctrl+C; false ends the program at once.</param>
    /// <returns>Takes it back when disposed.</returns>
    public IDisposable InterceptInterrupt(Func<bool> handler)
    {
        _interruptHandler = handler;
        return new Interception(this);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext context, TextWriter errors, bool launched)
    {
        if (context.Signal == PosixSignal.SIGINT && _interruptHandler is { } heard)
        {
            context.Cancel = heard();
            return;
        }
        context.Cancel = !_source.IsCancellationRequested;
        if (launched && context.Signal != PosixSignal.SIGTERM) context.Cancel = true;
        else if (context.Cancel)
        {
            _source.Cancel();
            if (!launched) WriteShutdownNotice(errors);
        }
    }

    // The launcher never writes; what it holds open ends with it. If it went without waiting, so do we.
    private void StopWhenLauncherExits()
    {
        using var input = Console.OpenStandardInput();
        while (input.ReadByte() >= 0)
        {
        }
        if (_source.IsCancellationRequested) Process.GetCurrentProcess().Kill();
        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // Everything is done already.
        }
    }

    // After a hang-up there is nobody to tell; that must not end what is being saved.
    private static void WriteShutdownNotice(TextWriter errors)
    {
        try
        {
            errors.WriteLine("Stopping; what was reached is being saved. A second signal stops at once.");
        }
        catch (IOException)
        {
        }
    }

    private sealed class Interception(SignalHandler signals) : IDisposable
    {
        public void Dispose() => signals._interruptHandler = null;
    }
}

namespace TurkishLlm.Cli;

/// <summary>Recognizes that the reader of an output has ended, as <c>head</c> does after its last line.</summary>
/// <remarks>The console of .NET ignores it by itself; files such as <c>/dev/stdout</c> do not.</remarks>
internal static class BrokenPipe
{
    private const int Unix = 32, WindowsBroken = unchecked((int)0x8007006D), WindowsClosing = unchecked((int)0x800700E8);

    /// <summary>Returns true if an error of writing, or its cause, is a broken pipe.</summary>
    public static bool IsCauseOf(Exception error) =>
        error is IOException { HResult: Unix or WindowsBroken or WindowsClosing }
        || (error.InnerException is { } cause && IsCauseOf(cause));
}

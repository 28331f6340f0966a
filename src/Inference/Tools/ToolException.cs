namespace TurkishLlm.Inference.Tools;

/// <summary>A tool cannot follow a call. The model reads the message, so it is in the language of its conversations.</summary>
public sealed class ToolException : Exception
{
    /// <param name="message">What is wrong, and how to call the tool instead.</param>
    public ToolException(string message)
        : base(message)
    {
    }

    /// <param name="message">What is wrong, and how to call the tool instead.</param>
    /// <param name="inner">The cause.</param>
    public ToolException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

namespace TurkishLlm.Inference.Tools;

/// <summary>A function that a model can call while it answers.</summary>
/// <remarks>
/// Name, description and schema become part of the system prompt, so they should be those of the training rows. A tool may be
/// called by several answers at once.
/// </remarks>
public interface ITool
{
    /// <summary>The name by which the model calls the tool: letters, digits, <c>_</c>, <c>-</c> and <c>.</c>.</summary>
    string Name { get; }

    /// <summary>What the tool does, for the model; in the language of its conversations.</summary>
    string Description { get; }

    /// <summary>A JSON schema of the arguments, which are an object.</summary>
    string ArgumentSchema { get; }

    /// <summary>Runs the tool.</summary>
    /// <param name="arguments">The arguments that the model gave.</param>
    /// <param name="cancellationToken">Canceled when the time limit is reached or the answer is canceled.</param>
    /// <returns>The output. It reaches the model as text and is never learned.</returns>
    /// <exception cref="ToolException">The call is wrong; the model reads the message as output.</exception>
    Task<string> InvokeAsync(ToolArguments arguments, CancellationToken cancellationToken);
}

using TurkishLlm.Inference.Tools.Arithmetic;

namespace TurkishLlm.Inference.Tools;

/// <summary>Computes arithmetic expressions exactly, with numbers as Turkish writes them.</summary>
/// <remarks>
/// The argument <c>expression</c> has + − × ÷ ^ %, parentheses and numbers such as 1.234,56. The output is the number with a
/// decimal comma and no dots, so that it can be an operand again; after ≈ if its decimals do not end. Spec: TOOL-06.
/// </remarks>
public sealed class CalculatorTool : ITool
{
    /// <inheritdoc/>
    public string Name => "calculator";

    /// <inheritdoc/>
    public string Description => "Aritmetik ifadeyi hesaplar: + − × ÷ ^ %, parantez. Sayılar: 1.234,56.";

    /// <inheritdoc/>
    public string ArgumentSchema =>
        """{"type":"object","properties":{"expression":{"type":"string"}},"required":["expression"]}""";

    /// <summary>Computes an expression.</summary>
    /// <exception cref="ToolException">
    /// The expression is wrong, too long or too deep, or its value is undefined or too large.
    /// </exception>
    public static string Compute(string expression)
    {
        ArgumentNullException.ThrowIfNull(expression);
        return Expression.Evaluate(expression).ToString();
    }

    /// <inheritdoc/>
    public Task<string> InvokeAsync(ToolArguments arguments, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        arguments.RefuseOthers("expression");
        return Task.FromResult(Compute(arguments.GetString("expression")));
    }
}

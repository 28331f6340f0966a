using System.Reflection;
using System.Text.Json;
using TurkishLlm.Synthesis.Files;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>What a model costs, in US dollars for a million tokens.</summary>
/// <param name="Input">Tokens that it reads.</param>
/// <param name="Output">Tokens that it writes.</param>
public sealed record ModelPrice(decimal Input, decimal Output)
{
    /// <summary>Costs nothing: recorded replies, and models on one's own machine.</summary>
    public static ModelPrice Free { get; } = new(0, 0);

    /// <summary>Half of it: what both services ask for batches.</summary>
    public ModelPrice BatchPrice => new(Input / 2, Output / 2);

    /// <summary>The cost of a reply in dollars.</summary>
    public decimal ComputeCost(long inputTokens, long outputTokens) => (inputTokens * Input + outputTokens * Output) / 1_000_000;

    /// <summary>The most that a request can cost.</summary>
    public decimal ComputeMaxCost(ModelRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return ComputeCost(request.MaxInputTokens, request.MaxTokens);
    }

    /// <summary>The price of a model from the list that comes with the program (its date is in <c>prices.json</c>); null for models that are not in it.</summary>
    public static ModelPrice? Find(string model)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("prices.json")!;
        var list = JsonSerializer.Deserialize<PriceList>(stream, JsonText.Options)!;
        return list.Models.GetValueOrDefault(model);
    }

    private sealed record PriceList(string AsOf, Dictionary<string, ModelPrice> Models);
}

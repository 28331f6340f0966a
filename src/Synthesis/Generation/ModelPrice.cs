using System.Reflection;
using System.Text.Json.Serialization;
using TurkishLlm.Files;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>Price of a model in US dollars per million tokens.</summary>
/// <param name="Input">Price of input tokens.</param>
/// <param name="Output">Price of output tokens.</param>
public sealed record ModelPrice(decimal Input, decimal Output)
{
    /// <summary>The price of recorded replies and of models on a local server.</summary>
    public static ModelPrice Free { get; } = new(0, 0);

    /// <summary>The price of batches: half the regular price at both services.</summary>
    [JsonIgnore]
    public ModelPrice BatchPrice => new(Input / 2, Output / 2);

    /// <summary>Computes the cost of a reply in dollars.</summary>
    public decimal ComputeCost(long inputTokens, long outputTokens) => (inputTokens * Input + outputTokens * Output) / 1_000_000;

    /// <summary>Computes the maximum cost of a request in dollars.</summary>
    public decimal ComputeMaxCost(ModelRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return ComputeCost(request.MaxInputTokens, request.MaxTokens);
    }

    /// <summary>Month of the built-in price list, such as 2026-03.</summary>
    public static string ListDate => ReadList().AsOf;

    /// <summary>
    /// Returns the price of a model from the built-in price list; null for unknown models. Prices change: see
    /// <see cref="ListDate"/>.
    /// </summary>
    public static ModelPrice? Find(string model) => ReadList().Models.GetValueOrDefault(model);

    private static PriceList ReadList()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("prices.json")!;
        return JsonText.Deserialize<PriceList>(TextFile.ReadAllText(stream, "prices.json"), "prices.json");
    }

    private sealed record PriceList(string AsOf, Dictionary<string, ModelPrice> Models);
}

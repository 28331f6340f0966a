using System.CommandLine;
using TurkishLlm.Model;

namespace TurkishLlm.Cli.Options;

/// <summary>Sampling options that <c>chat</c> and <c>generate</c> share.</summary>
internal static class SamplingOptionSet
{
    public const string TemperatureDescription = "Sampling temperature; 0 always takes the most likely token";

    public static Option<double> CreateTemperature(double defaultValue) => DecimalOption.Create(
        "--temperature", $"{TemperatureDescription}.", defaultValue);

    public static Option<int> CreateTopK() => new("--top-k")
    {
        Description = "Sample from the k most likely tokens (0 = no limit).", DefaultValueFactory = _ => 40,
    };

    public static Option<double> CreateTopP(double defaultValue) => DecimalOption.Create(
        "--top-p", "Sample from the most likely tokens that reach a total probability of p (1 = no limit).", defaultValue);

    public static Option<string[]> CreateStop(string description) => new("--stop")
    {
        Description = $"{description} Can be repeated.",
    };

    /// <exception cref="ConfigurationException">A text is empty.</exception>
    public static IReadOnlyList<string> ReadStop(string[]? stops) => (stops ?? []).Contains("")
        ? throw new ConfigurationException("--stop is empty; it would end every answer at once. Give a text.")
        : stops ?? [];

    public static Option<long> CreateSeed() => new("--seed")
    {
        Description = "Random seed; the same seed gives the same text.", DefaultValueFactory = _ => 0,
    };
}

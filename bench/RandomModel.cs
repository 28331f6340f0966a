using System.Text;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Parameters;
using static TorchSharp.torch;

namespace TurkishLlm.Bench;

/// <summary>Weights and tokens that contestants share.</summary>
internal static class RandomModel
{
    /// <summary>Writes the weights of a new model, with its configuration inside for Python and beside it for us.</summary>
    /// <returns>The file.</returns>
    public static string Write(string folder, ModelConfig config)
    {
        var weights = Path.Combine(folder, "weights.safetensors");
        using var parameters = WeightInitializer.Initialize(config, seed: 1234, CPU);
        ParameterFile.Save(
            weights,
            [("", parameters)],
            new Dictionary<string, string> { ["config"] = Encoding.UTF8.GetString(ModelConfigFile.ToJson(config)) });
        ModelConfigFile.Write(GetConfigFile(weights), config);
        return weights;
    }

    /// <summary>The configuration of weights.</summary>
    public static ModelConfig ReadConfig(string weights) => ModelConfigFile.Read(GetConfigFile(weights));

    /// <summary>
    /// Few tokens are frequent and many are rare, as in text, and every other one follows from the one before it.
    /// </summary>
    public static IEnumerable<int> GenerateTokens(int vocabulary)
    {
        var random = new Random(7);
        for (int i = 0, last = 0; ; i++)
        {
            last = i % 2 == 1 ? (last * 31 + 17) % vocabulary : (int)(vocabulary * Math.Pow(random.NextDouble(), 4));
            yield return last;
        }
    }

    private static string GetConfigFile(string weights) => Path.ChangeExtension(weights, ".json");
}

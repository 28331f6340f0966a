using TurkishLlm.Files;

namespace TurkishLlm.Model.Formats.PyTorch;

/// <summary>
/// Finds the weights in the object passed to <c>torch.save</c>: a state dictionary, or a dictionary that contains one at any
/// depth, beside the state of the optimizer and other values.
/// </summary>
/// <remarks>
/// Source: the checkpoints of Lightning (state_dict), DeepSpeed (module), nanoGPT (model), timm (state_dict, model_ema) and
/// torch.distributed.checkpoint converters (app, model).
/// </remarks>
internal static class StateDictionary
{
    private const int MaxDepth = 6;

    // Keys that trainers use for the weights if they save more than the weights.
    private static readonly string[] WeightKeys =
        ["model", "state_dict", "model_state_dict", "model_state", "module", "net", "network", "weights", "params", "generator",
            "ema", "ema_model", "ema_state_dict", "model_ema", "params_ema", "app"];

    // Keys of what looks like weights and is not.
    private static readonly string[] OtherKeys =
        ["optimizer", "optimizers", "optim", "opt", "optimizer_state", "optimizer_states", "optimizer_state_dict", "scheduler",
            "lr_scheduler", "lr_schedulers", "scaler", "grad_scaler", "rng_state", "rng_states", "callbacks", "loops", "buffers"];

    /// <summary>Returns the tensors by name, in the order of the file.</summary>
    /// <param name="saved">The value of the pickle.</param>
    /// <param name="file">File name for error messages.</param>
    /// <exception cref="InvalidDataException">
    /// There are no weights, several sets of weights, or a weight that is not a tensor.
    /// </exception>
    public static IReadOnlyDictionary<string, PyTorchTensor> Find(object? saved, string file)
    {
        if (saved is PyTorchTensor)
            throw CreateException(
                file, "it holds a single tensor. Save a state dictionary: torch.save(model.state_dict(), FILE)");
        if (saved is not PickleDictionary dictionary)
            throw CreateException(
                file, "it does not hold a dictionary. Save a state dictionary: torch.save(model.state_dict(), FILE)");
        var entries = dictionary.StringEntries;
        var sets = FindSets(dictionary, [], []).ToArray();
        return sets switch
        {
            [var (_, weights)] => GetTensors(weights, file),
            [] => throw CreateException(
                file, $"it has no weights at the top level or under {string.Join(", ", WeightKeys.Take(3))}; it has "
                + $"{DescribeKeys(entries)}"),
            _ => throw CreateException(
                file, "it has weights under "
                    + $"{string.Join(" and under ", sets.Take(4).Select(set => string.Join('.', set.Path)))}. Save one of them: "
                    + $"torch.save(torch.load(FILE){string.Concat(sets[0].Path.Select(key => $"[\"{key}\"]"))}, NEW)"),
        };
    }

    // Known keys are followed first; without one, all that are not known for something else. A pickle may hold a
    // dictionary in several places, or within itself, so each is visited once.
    private static IEnumerable<(string[] Path, PickleDictionary Weights)> FindSets(
        PickleDictionary dictionary, string[] path, HashSet<PickleDictionary> visited)
    {
        if (!visited.Add(dictionary)) return [];
        var inner = dictionary.StringEntries.Where(entry => entry.Value is PickleDictionary).ToArray();
        var known = inner.Where(entry => WeightKeys.Contains(entry.Key)).SelectMany(Follow).ToArray();
        if (known.Length > 0) return known;
        if (dictionary.StringEntries.Values.Any(value => value is PyTorchTensor)) return [(path, dictionary)];
        return inner.Where(entry => !WeightKeys.Contains(entry.Key) && !OtherKeys.Contains(entry.Key)).SelectMany(Follow);

        IEnumerable<(string[] Path, PickleDictionary Weights)> Follow(KeyValuePair<string, object?> entry) =>
            path.Length < MaxDepth ? FindSets((PickleDictionary)entry.Value!, [.. path, entry.Key], visited) : [];
    }

    private static Dictionary<string, PyTorchTensor> GetTensors(PickleDictionary dictionary, string file)
    {
        if (dictionary.StringEntries.Count < dictionary.Count) throw CreateException(file, "the name of a weight is not text");
        var others = dictionary
            .StringEntries.Where(entry => entry.Value is not PyTorchTensor)
            .Select(entry => entry.Key)
            .ToArray();
        if (others.Length > 0) throw CreateException(file, $"{ListKeys(others)} among its weights "
            + $"{(others.Length == 1 ? "is not a tensor" : "are not tensors")}");
        return dictionary.StringEntries.ToDictionary(
            entry => entry.Key,
            entry => (PyTorchTensor)entry.Value!,
            StringComparer.Ordinal);
    }

    private static string DescribeKeys(IReadOnlyDictionary<string, object?> entries) =>
        entries.Count == 0 ? "nothing" : ListKeys(entries.Keys) + (entries.Count > 8 ? ", …" : "");

    private static string ListKeys(IEnumerable<string> keys) => string.Join(", ", keys.Take(8).Select(key => Excerpt.Of(key)));

    private static InvalidDataException CreateException(string file, string what) =>
        new($"{file} is not a state dictionary: {what}.");
}

namespace TurkishLlm.Model.Parameters;

/// <summary>
/// Maps the names of weights in files of other tools to ours: removes the parts that wrappers insert, and translates the names
/// of Hugging Face one by one.
/// </summary>
/// <remarks>
/// Spec: CKP-01, CKP-20. Source: BUG-CKP-01; transformers, modeling_llama.py, for the names; torch/_dynamo/eval_frame.py,
/// torch/distributed/fsdp/_common_utils.py, torch/distributed/algorithms/_checkpoint/checkpoint_wrapper.py,
/// lightning/pytorch/overrides and peft/tuners/lora/layer.py, for the wrappers.
/// </remarks>
public static class WeightNames
{
    // Modules that wrap another one. Their names appear at any depth of a name.
    private static readonly string[] Wrappers =
        ["_orig_mod", "module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_forward_module", "_fpw_module",
            "base_layer"];

    // Attributes that hold the whole model. They occur only before the names of its weights.
    private static readonly string[] Containers =
        ["model", "transformer", "base_model", "net", "network", "backbone", "decoder", "language_model", "lm", "llm"];

    // Our parts of names → those of Hugging Face.
    private static readonly (string Ours, string Theirs)[] Parts =
    [
        (".attn_norm.", ".input_layernorm."),
        (".ffn_norm.", ".post_attention_layernorm."), (".attn.", ".self_attn."), (".ffn.", ".mlp."),
    ];

    /// <summary>
    /// Removes from a name the parts that wrappers insert anywhere, such as <c>_orig_mod.</c> of <c>torch.compile</c>,
    /// <c>module.</c> of <c>DataParallel</c> and <c>_fsdp_wrapped_module.</c> of FSDP.
    /// </summary>
    public static string StripWrappers(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var parts = name.Split('.');
        return Array.Exists(parts, Wrappers.Contains) ? string.Join('.', parts.Where(part => !Wrappers.Contains(part))) : name;
    }

    /// <summary>Maps the name of a weight in any file to ours as far as it is known; others are returned unchanged.</summary>
    public static string ToOurs(string name)
    {
        var ours = StripWrappers(name);
        while (ours.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot && Containers.Contains(ours[..dot]))
            ours = ours[(dot + 1)..];
        return ReplaceParts(ours);
    }

    /// <summary>
    /// Returns the mapping of a file to our names: <see cref="ToOurs"/>, after removing a prefix that all names share, such as
    /// the attribute of a Lightning module.
    /// </summary>
    /// <param name="names">All names of the file.</param>
    public static Func<string, string> CreateMapping(IReadOnlyCollection<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        var shared = "";
        var mapped = names.Select(ToOurs).ToArray();
        while (mapped.Length > 1 && FindSharedPrefix(mapped) is { } prefix)
        {
            shared += prefix;
            mapped = [.. mapped.Select(name => ToOurs(name[prefix.Length..]))];
        }
        if (shared.Length == 0) return ToOurs;
        var result = names.Zip(mapped).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
        return name => result.GetValueOrDefault(name, name);
    }

    /// <summary>Translates a name to Hugging Face: <c>model.layers.0.self_attn.q_proj.weight</c>.</summary>
    public static string ToHuggingFace(string ours)
    {
        if (ours == "lm_head.weight") return ours;
        foreach (var (from, to) in Parts)
            if (ours.Contains(from, StringComparison.Ordinal)) return $"model.{ours.Replace(from, to, StringComparison.Ordinal)}";
        return $"model.{ours}";
    }

    /// <summary>Translates a name from Hugging Face; other names are returned unchanged.</summary>
    public static string FromHuggingFace(string theirs)
    {
        const string root = "model.";
        return theirs.StartsWith(root, StringComparison.Ordinal) ? ReplaceParts(theirs[root.Length..]) : theirs;
    }

    /// <summary>Returns true if a name has a part that only the names of Hugging Face have.</summary>
    public static bool IsHuggingFaceStyle(string name) =>
        Parts.Any(part => name.Contains(part.Theirs, StringComparison.Ordinal));

    private static string ReplaceParts(string name)
    {
        foreach (var (ours, theirs) in Parts)
            if (name.Contains(theirs, StringComparison.Ordinal)) return name.Replace(theirs, ours, StringComparison.Ordinal);
        return name;
    }

    // Our own names begin with several words. If all names of a file begin with one word, it is a prefix.
    private static string? FindSharedPrefix(string[] names)
    {
        var dot = names[0].IndexOf('.', StringComparison.Ordinal);
        if (dot <= 0) return null;
        var prefix = names[0][..(dot + 1)];
        return prefix != "layers." && Array.TrueForAll(names, name => name.StartsWith(prefix, StringComparison.Ordinal))
            ? prefix
            : null;
    }
}

namespace TurkishLlm.Model.Parameters;

/// <summary>
/// Maps the names of weights in files of other tools to ours: strips the prefixes of wrappers, and translates the names of
/// Hugging Face one by one.
/// </summary>
/// <remarks>Spec: CKP-01, CKP-20. Source: BUG-CKP-01; transformers, modeling_llama.py, for the names.</remarks>
public static class WeightNames
{
    private static readonly string[] WrapperPrefixes = ["_orig_mod.", "module."];

    // Our parts of names → those of Hugging Face.
    private static readonly (string Ours, string Theirs)[] Parts =
    [
        (".attn_norm.", ".input_layernorm."),
        (".ffn_norm.", ".post_attention_layernorm."), (".attn.", ".self_attn."), (".ffn.", ".mlp."),
    ];

    /// <summary>Removes the prefixes of <c>torch.compile</c> and <c>DataParallel</c> from a name.</summary>
    public static string StripWrapperPrefixes(string name)
    {
        foreach (var wrapper in WrapperPrefixes)
            if (name.StartsWith(wrapper, StringComparison.Ordinal)) return StripWrapperPrefixes(name[wrapper.Length..]);
        return name;
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
        if (!theirs.StartsWith(root, StringComparison.Ordinal)) return theirs;
        foreach (var (to, from) in Parts)
            if (theirs.Contains(from, StringComparison.Ordinal))
                return theirs[root.Length..].Replace(from, to, StringComparison.Ordinal);
        return theirs[root.Length..];
    }
}

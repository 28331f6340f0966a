namespace TurkishLlm.Model.Parameters;

/// <summary>
/// The names of weights in files of others. What wrappers put before every name is taken off; the names of a Hugging Face
/// directory stand for ours one by one.
/// </summary>
/// <remarks>Spec: CKP-01, CKP-20. Source: BUG-CKP-01; transformers, modeling_llama.py, for the names.</remarks>
public static class WeightNames
{
    private static readonly string[] WrapperPrefixes = ["_orig_mod.", "module."];

    // Ours and theirs, the parts of a name that differ.
    private static readonly (string Ours, string Theirs)[] Parts =
    [
        (".attn_norm.", ".input_layernorm."), (".ffn_norm.", ".post_attention_layernorm."), (".attn.", ".self_attn."), (".ffn.", ".mlp."),
    ];

    /// <summary>The name without what <c>torch.compile</c> and <c>DataParallel</c> put before it.</summary>
    public static string StripWrapperPrefixes(string name)
    {
        foreach (var wrapper in WrapperPrefixes)
            if (name.StartsWith(wrapper, StringComparison.Ordinal)) return StripWrapperPrefixes(name[wrapper.Length..]);
        return name;
    }

    /// <summary>Our name as a Hugging Face directory has it: <c>model.layers.0.self_attn.q_proj.weight</c>.</summary>
    public static string ToHuggingFace(string ours)
    {
        if (ours == "lm_head.weight") return ours;
        foreach (var (from, to) in Parts)
            if (ours.Contains(from, StringComparison.Ordinal)) return $"model.{ours.Replace(from, to, StringComparison.Ordinal)}";
        return $"model.{ours}";
    }

    /// <summary>The inverse of <see cref="ToHuggingFace"/>; any other name stays as it is.</summary>
    public static string FromHuggingFace(string theirs)
    {
        const string root = "model.";
        if (!theirs.StartsWith(root, StringComparison.Ordinal)) return theirs;
        foreach (var (to, from) in Parts)
            if (theirs.Contains(from, StringComparison.Ordinal)) return theirs[root.Length..].Replace(from, to, StringComparison.Ordinal);
        return theirs[root.Length..];
    }
}

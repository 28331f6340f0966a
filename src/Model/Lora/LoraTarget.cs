namespace TurkishLlm.Model.Lora;

/// <summary>
/// Matrices of a block that an adapter can update. The embedding is excluded: if it is tied, updating it would also update the
/// head.
/// </summary>
public enum LoraTarget
{
    /// <summary><c>attn.q_proj</c></summary>
    Q,

    /// <summary><c>attn.k_proj</c></summary>
    K,

    /// <summary><c>attn.v_proj</c></summary>
    V,

    /// <summary><c>attn.o_proj</c></summary>
    O,

    /// <summary><c>ffn.gate_proj</c></summary>
    Gate,

    /// <summary><c>ffn.up_proj</c></summary>
    Up,

    /// <summary><c>ffn.down_proj</c></summary>
    Down,
}

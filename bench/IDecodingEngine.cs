namespace TurkishLlm.Bench;

/// <summary>A contestant of <see cref="DecodeSpeed"/>: a loaded model with some texts.</summary>
internal interface IDecodingEngine : IDisposable
{
    /// <summary>Shortens a text.</summary>
    void Crop(int text, int length);

    /// <summary>Appends a token to each of the first texts, and computes the logits of the next ones.</summary>
    void Step(int texts, int position, int id);

    /// <summary>Appends a prompt to an empty text, and computes the logits of the next token.</summary>
    void Prefill(int text, int[] ids);
}

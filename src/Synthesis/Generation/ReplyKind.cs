namespace TurkishLlm.Synthesis.Generation;

/// <summary>Classifies the body of a reply by its consequences.</summary>
public enum ReplyKind
{
    /// <summary>A reply of the model. If its text is unreadable, the next attempt may be readable.</summary>
    Reply,

    /// <summary>The model or the service refuses to answer; asking again would be paid in vain.</summary>
    Refusal,

    /// <summary>The body is damaged or in an unknown format; the same attempt is sent again.</summary>
    Damaged,

    /// <summary>The service reports an error in place of a reply.</summary>
    Error,
}

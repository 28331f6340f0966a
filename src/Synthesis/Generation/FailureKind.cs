namespace TurkishLlm.Synthesis.Generation;

/// <summary>Classifies a failed request by its consequences.</summary>
public enum FailureKind
{
    /// <summary>A retry may succeed: the service is overloaded, the connection broke, or the service failed internally.</summary>
    Transient,

    /// <summary>This request always fails; others may succeed.</summary>
    RequestRejected,

    /// <summary>All requests fail: the key is invalid, the model is unknown, or the account has no credit.</summary>
    Fatal,
}

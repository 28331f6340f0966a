namespace TurkishLlm.Synthesis.Generation;

/// <summary>What a failed request means for the next one.</summary>
public enum FailureKind
{
    /// <summary>Asking again may help: a full queue, a broken connection, a fault of the service.</summary>
    Transient,

    /// <summary>This request will never be answered; others may be.</summary>
    RequestRejected,

    /// <summary>No request will be answered: a wrong key, an unknown model, an account without money.</summary>
    Fatal,
}

;;; eglot.el --- Emacs with Eglot asks `tgp lsp`, without a window.
;;; Commentary:
;; Run by `emacs --batch --load` in the folder of a project; it ends with `all as told'.
;;; Code:
(defvar default-project default-directory "The folder it was started in.")
(require (quote package))
(package-initialize)
(require 'eglot)

(define-derived-mode tgp-tool-mode prog-mode "Tool" "A tool of tgp, where no mode for TypeScript is installed.")
(add-to-list 'eglot-server-programs `(tgp-tool-mode . (,(getenv "TGP_BIN") "lsp")))
(setq eglot-sync-connect 30
      eglot-confirm-server-initiated-edits nil)

(defun tgp-must (what)
  "Ends with an error unless WHAT holds."
  (unless what (error "It is not as told")))

(find-file (expand-file-name ".tgp/tools/math/twice.ts"))
(tgp-tool-mode)
(apply #'eglot--connect (eglot--guess-contact))

(let* ((server (eglot-current-server))
       (status (eglot-execute-command server 'tgp.status (vector)))
       (ran (jsonrpc-request server :tgp/tools/run '(:path "tools/math/twice.ts" :args (:n 21))))
       (taken (eglot-execute-command server 'tgp.snapshots.create (vector '(:reason "from Emacs")))))
  (tgp-must (= (plist-get status :protocol) 1))
  (tgp-must (equal (file-truename (plist-get status :project)) (file-truename (directory-file-name default-project))))
  (tgp-must (= (plist-get ran :result) 42))
  (tgp-must (equal (plist-get (plist-get taken :snapshot) :reason) "from Emacs"))
  (condition-case refusal
      (progn (jsonrpc-request server :tgp/branches/show '(:branch "agent/nobody/nothing"))
             (error "It was not refused"))
    (jsonrpc-error (tgp-must (string-match-p "branch.missing" (format "%S" refusal)))))
  (eglot-shutdown server nil 20))
(princ "all as told\n")
;;; eglot.el ends here
